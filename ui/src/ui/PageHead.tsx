// The head of a page: title, what it counts, then freshness and verbs at the right.
import type { ReactNode } from "react";
import css from "./PageHead.module.css";

export function PageHead({
  title,
  sub,
  status,
  children,
}: {
  title: string;
  sub?: ReactNode;
  status?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className={css.head}>
      <h1 className={css.title}>{title}</h1>
      {status}
      {sub && <span className={css.sub}>{sub}</span>}
      <span className="grow" />
      {children}
    </div>
  );
}
