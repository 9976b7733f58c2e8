// Nothing to show: one sentence why, one what it is, the exact command, one button.
import type { ReactNode } from "react";
import { Code } from "./Code";
import css from "./States.module.css";

export function EmptyState({
  title,
  children,
  command,
  actions,
}: {
  title: string;
  children: ReactNode;
  command?: string;
  actions?: ReactNode;
}) {
  return (
    <div className={css.empty}>
      <h3 className={css.title}>{title}</h3>
      <p className="t2 prose">{children}</p>
      {command && <Code text={command} label="Copy command" />}
      {actions && <div className={css.actions}>{actions}</div>}
    </div>
  );
}
