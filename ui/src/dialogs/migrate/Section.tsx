import type { ReactNode } from "react";
import css from "./MigrateDialog.module.css";

/** A numbered head of the plan. */
export function Section({ no, title, end }: { no: number; title: string; end?: ReactNode }) {
  return (
    <div className={css.section}>
      <span className={css.no} aria-hidden="true">
        {no}
      </span>
      <h3>{title}</h3>
      <span className={css.sectionEnd}>{end}</span>
    </div>
  );
}
