// Every write to the Gateway's administration: the form, the difference it makes, the reason, and
// the verb. What is shown is what is sent. Leaving asks; what was typed outlives every failure.
import { useBlocker } from "@tanstack/react-router";
import { type ReactNode, useRef, useState } from "react";
import { Refusal } from "~/components/problem";
import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import { type Diff, DiffBlock } from "~/ui/DiffBlock";
import { Field } from "~/ui/Input";
import { Modal } from "~/ui/Modal";
import { Time } from "~/ui/Time";
import { useSignal } from "~/util/signal";
import { dialog } from "../host";
import css from "./EditWithReason.module.css";
import { StaleNotice } from "./StaleNotice";
import type { Edit } from "./useEdit";

export type Differ<V> = (before: V | undefined, after: V) => readonly Diff[];

export function EditWithReason<V extends object>({
  edit,
  title,
  head,
  says,
  diff,
  verb,
  wide,
  onClose,
  children,
}: {
  edit: Edit<V>;
  title: string;
  /** Beside the title. */
  head?: ReactNode;
  /** What it does, in a sentence; for questions without a form. */
  says?: ReactNode;
  diff: Differ<V>;
  verb: { label: string; armed?: boolean };
  /** Form and difference side by side. */
  wide?: boolean;
  onClose: () => void;
  /** The form. */
  children?: ReactNode;
}) {
  const reasonField = useRef<HTMLInputElement>(null);
  const leave = useLeave(edit.dirty, onClose);
  const diffs = diff(edit.base, edit.values);
  const nothing = edit.base && diffs.length === 0 ? "Nothing has changed" : undefined;
  const lacks = edit.lacks ?? nothing;
  const notices = <Notices edit={edit} diff={diff} onClose={onClose} />;
  const difference = (
    <section aria-label="Difference" className={css.difference}>
      <h3 className={css.h}>
        Difference
        {edit.version !== undefined && (
          <span className="t3">
            version {edit.version} → {edit.version + 1}
          </span>
        )}
      </h3>
      {diffs.length === 0 ? (
        <p className="t3 fs12">
          {edit.base ? "Nothing has changed yet." : "Nothing is filled in yet."}
        </p>
      ) : (
        <div className={css.block} tabIndex={0} role="group" aria-label="Difference, scrolls">
          <DiffBlock diffs={diffs} />
        </div>
      )}
    </section>
  );
  return (
    <Modal
      open
      onClose={leave.ask}
      title={title}
      size={wide ? "plan" : "question"}
      {...(children ? {} : { initialFocus: reasonField })}
      head={head}
      foot={
        leave.asking ? (
          <Leaving leave={leave} onDiscard={edit.discard} />
        ) : (
          <form
            className={wide ? css.footWide : css.foot}
            onSubmit={(event) => {
              event.preventDefault();
              if (!lacks) edit.submit();
            }}
          >
            <Field
              ref={reasonField}
              label="Reason, kept in the audit log"
              autoComplete="off"
              value={edit.reason}
              onChange={(event) => edit.setReason(event.target.value)}
            />
            <div className={css.verbs}>
              <span className={css.lacks} role="status">
                {lacks}
              </span>
              <Button size="l" onClick={leave.ask}>
                Close
              </Button>
              <Button
                size="l"
                type="submit"
                variant={lacks ? "default" : verb.armed ? "armed" : "primary"}
                off={lacks}
              >
                {verb.label}
              </Button>
            </div>
          </form>
        )
      }
    >
      {wide ? (
        <div className={css.columns}>
          <div className={css.form}>{children}</div>
          <div className={css.right}>
            {notices}
            {difference}
          </div>
        </div>
      ) : (
        <div className={css.body}>
          {says && <p className="t2">{says}</p>}
          {notices}
          {children}
          {diffs.length > 0 && difference}
        </div>
      )}
    </Modal>
  );
}

function Notices<V extends object>({
  edit,
  diff,
  onClose,
}: {
  edit: Edit<V>;
  diff: Differ<V>;
  onClose: () => void;
}) {
  return (
    <>
      {edit.restored && (
        <Banner
          tone="accent"
          icon="undo"
          title="Your draft is back,"
          end={
            <Button size="s" onClick={edit.startAfresh}>
              Start afresh
            </Button>
          }
        >
          as you left it at <Time at={edit.restored} />.
        </Banner>
      )}
      {edit.error !== null && edit.error !== undefined && (
        <Refusal error={edit.error} rests={edit.version} />
      )}
      {edit.stale && <StaleNotice edit={edit} stale={edit.stale} diff={diff} onDone={onClose} />}
      {edit.conflicts.length > 0 && (
        <Banner tone="warn" icon="drift" title="Both of you changed">
          {edit.conflicts.join(", ")}. It stands as you wrote it; look at the difference.
        </Banner>
      )}
    </>
  );
}

type Leave = {
  ask: () => void;
  asking: boolean;
  stay: () => void;
  go: () => void;
};

/** Leaving with something typed asks: by closing, by another address, by closing the tab. */
function useLeave(dirty: boolean, onClose: () => void): Leave {
  const open = useSignal(dialog);
  const [closing, setClosing] = useState(false);
  const blocker = useBlocker({
    // Whoever signs in as somebody else closes the dialog first; then nothing is held back.
    shouldBlockFn: () => dirty && dialog.get() === open,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  return {
    ask: () => (dirty ? setClosing(true) : onClose()),
    asking: closing || blocker.status === "blocked",
    stay() {
      setClosing(false);
      blocker.reset?.();
    },
    go() {
      onClose();
      blocker.proceed?.();
    },
  };
}

function Leaving({ leave, onDiscard }: { leave: Leave; onDiscard: () => void }) {
  return (
    <div className={css.leaving} role="alert">
      <span>
        <span className="strong">This was not sent.</span>{" "}
        <span className="t2">A draft is kept in this tab and offered when you come back.</span>
      </span>
      <div className={css.verbs}>
        <Button size="l" onClick={leave.stay} autoFocus>
          Go on here
        </Button>
        <Button
          size="l"
          onClick={() => {
            onDiscard();
            leave.go();
          }}
        >
          Discard it
        </Button>
        <Button size="l" variant="primary" onClick={leave.go}>
          Keep the draft and leave
        </Button>
      </div>
    </div>
  );
}
