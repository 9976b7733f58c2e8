// The strip of facts under the head of a page about one thing.
import type { ReactNode } from "react";
import css from "./Facts.module.css";

export function Facts({ children }: { children: ReactNode }) {
  return <dl className={css.facts}>{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The line of ids below it, with the ways out at its end. */
export function IdLine({ children }: { children: ReactNode }) {
  return <div className={css.ids}>{children}</div>;
}
