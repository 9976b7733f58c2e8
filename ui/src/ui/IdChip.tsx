// An id: cut in the middle, whole in its title and in the copy. A linked id keeps its colour.
import type { ReactNode } from "react";
import { shortId } from "~/util/format";
import { CopyButton } from "./CopyButton";
import css from "./IdChip.module.css";

export function IdChip({
  id,
  noun,
  link,
  whole,
}: {
  id: string;
  /** What it is, for the copy button: `job id`. */
  noun: string;
  /** Wraps the text in the caller's link. */
  link?: (text: ReactNode) => ReactNode;
  whole?: boolean;
}) {
  const text = <code title={id}>{whole ? id : shortId(id)}</code>;
  return (
    <span className={css.id}>
      {link ? link(text) : text}
      <CopyButton text={id} label={`Copy ${noun}`} />
    </span>
  );
}
