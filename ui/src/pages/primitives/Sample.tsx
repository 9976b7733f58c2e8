// The frame of one primitive on the page of primitives.
import { type ReactNode, useState } from "react";
import css from "./PrimitivesPage.module.css";

export function Sample({ name, children }: { name: string; children: ReactNode }) {
  return (
    <section className={css.sample} aria-label={name}>
      <h2 className={css.name}>{name}</h2>
      <div className={css.items}>{children}</div>
    </section>
  );
}

/** A sample that needs one value of state. */
export function Held<T>({
  first,
  children,
}: {
  first: T;
  children: (value: T, set: (next: T) => void) => ReactNode;
}) {
  const [value, set] = useState(first);
  return <>{children(value, set)}</>;
}
