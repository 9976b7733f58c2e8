// Somebody wrote the row since it was read: by whom, what they changed, and the ways on. What the
// operator typed stays.
import { useState } from "react";
import { Button } from "~/ui/Button";
import { DiffBlock } from "~/ui/DiffBlock";
import { Icon } from "~/ui/Icon";
import { Time } from "~/ui/Time";
import { same } from "~/util/merge";
import type { Differ } from "./EditWithReason";
import css from "./EditWithReason.module.css";
import type { Edit, Read } from "./useEdit";

export function StaleNotice<V extends object>({
  edit,
  stale,
  diff,
  onDone,
}: {
  edit: Edit<V>;
  stale: Read<V>;
  diff: Differ<V>;
  onDone: () => void;
}) {
  const [whole, setWhole] = useState(false);
  const already = same(edit.values, stale.values);
  const theirs = diff(edit.base, stale.values);
  return (
    <section className={css.stale} role="alert" aria-label="Changed meanwhile">
      <h3 className={css.h}>
        <Icon name="drift" className="c-warn" />
        Version {stale.version} was written meanwhile
      </h3>
      <p className="t2 fs12">
        By {stale.by ?? "the Gateway"}, <Time at={stale.at} relative />.{" "}
        {already
          ? "It says what you wanted already, so nothing is left to send."
          : "What you typed is kept and was not sent."}
      </p>
      <div className={css.block} tabIndex={0} role="group" aria-label="What they changed, scrolls">
        {theirs.length === 0 ? (
          <p className="t3 fs12">Nothing that this form shows.</p>
        ) : (
          <DiffBlock diffs={whole ? diff(undefined, stale.values) : theirs} />
        )}
      </div>
      <div className={css.staleVerbs}>
        <Button size="s" icon="eye" aria-pressed={whole} onClick={() => setWhole(!whole)}>
          {whole ? "Show what they changed" : `Look at version ${stale.version}`}
        </Button>
        {already ? (
          <Button
            size="s"
            variant="primary"
            onClick={() => {
              edit.discard();
              onDone();
            }}
          >
            Done
          </Button>
        ) : (
          <Button size="s" variant="primary" icon="down" onClick={edit.applyOnTop}>
            Apply mine on top
          </Button>
        )}
      </div>
    </section>
  );
}
