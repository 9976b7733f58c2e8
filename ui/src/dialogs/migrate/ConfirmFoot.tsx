// The foot of the migrate dialog: a reason, the name typed, and the verb with what it still lacks.
import type { RefObject } from "react";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Input";
import { type Draft, MAX_REASON, missing } from "./confirm";
import css from "./MigrateDialog.module.css";

export function ConfirmFoot({
  tenantId,
  draft,
  verb,
  reasonField,
  onReason,
  onTyped,
  onDiscard,
  onSend,
}: {
  tenantId: string;
  draft: Draft;
  verb: { label: string; armed: boolean };
  reasonField: RefObject<HTMLInputElement | null>;
  onReason: (next: string) => void;
  onTyped: (next: string) => void;
  onDiscard: () => void;
  onSend: () => void;
}) {
  const lacks = missing(draft);
  return (
    <form
      className={css.confirm}
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
    >
      <Field
        ref={reasonField}
        label="Reason, kept in the audit log"
        maxLength={MAX_REASON}
        autoComplete="off"
        value={draft.reason}
        onChange={(event) => onReason(event.target.value)}
      />
      <Field
        label={
          <>
            Type <code>{tenantId}</code> to confirm
          </>
        }
        mono
        autoComplete="off"
        spellCheck={false}
        value={draft.typed}
        onChange={(event) => onTyped(event.target.value)}
      />
      <div className={css.verbs}>
        <span className={css.missing} role="status">
          {lacks}
        </span>
        <Button size="l" onClick={onDiscard}>
          Discard plan
        </Button>
        <Button
          size="l"
          type="submit"
          icon="move"
          variant={lacks ? "default" : verb.armed ? "armed" : "primary"}
          off={lacks}
        >
          {verb.label}
        </Button>
      </div>
    </form>
  );
}
