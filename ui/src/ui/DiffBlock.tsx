// What changes: key and both revisions above, − before, + after, unchanged context in grey.
import { cx } from "~/util/cx";
import type { DiffLine } from "~/util/lines";
import css from "./DiffBlock.module.css";

export type Diff = {
  key: string;
  /** `runner_placement, revision 812 → 813`. */
  where?: string | undefined;
  before?: string | undefined;
  after?: string | undefined;
  context?: string | undefined;
  /** A text or a set instead of one value: line by line. */
  lines?: readonly DiffLine[] | undefined;
};

export function DiffBlock({ diffs }: { diffs: readonly Diff[] }) {
  return (
    <div className={css.diff}>
      {diffs.map((diff) => (
        <div key={`${diff.where ?? ""} ${diff.key}`} className={css.one}>
          {diff.where && <div className={css.where}>{diff.where}</div>}
          <Line name="key" text={diff.key} look={css.same} />
          {diff.context && <Line name="" text={diff.context} look={css.same} />}
          {diff.before !== undefined && (
            <Line sign="−" name="before" text={diff.before} look={css.del} />
          )}
          {diff.after !== undefined && (
            <Line sign="+" name="after" text={diff.after} look={css.add} />
          )}
          {diff.lines?.map((line, index) => (
            <TextLine key={index} line={line} />
          ))}
        </div>
      ))}
    </div>
  );
}

function Line({
  sign = "",
  name,
  text,
  look,
}: {
  sign?: string;
  name: string;
  text: string;
  look: string | undefined;
}) {
  return (
    <div className={cx(css.line, look)}>
      <span aria-hidden="true">{sign}</span>
      <span className={css.name}>{name}</span>
      <span>{text}</span>
    </div>
  );
}

const signs = { same: "", add: "+", del: "−", skip: "" } as const;
const spoken = { same: "", add: "added: ", del: "removed: ", skip: "" } as const;

function TextLine({ line }: { line: DiffLine }) {
  const look = { same: css.same, add: css.add, del: css.del, skip: css.skip }[line.kind];
  return (
    <div className={cx(css.text, look)}>
      <span aria-hidden="true">{signs[line.kind]}</span>
      <span>
        <span className="vh">{spoken[line.kind]}</span>
        {line.text}
      </span>
    </div>
  );
}
