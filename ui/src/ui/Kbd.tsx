import css from "./Kbd.module.css";

/** One key. For a chord put several beside each other. */
export function Kbd({ children }: { children: string }) {
  return <kbd className={css.kbd}>{children}</kbd>;
}
