// Where one is. The caller brings the links; the last item is the page itself.
import { Children, type ReactNode } from "react";
import css from "./Breadcrumbs.module.css";

export function Breadcrumbs({ children }: { children: ReactNode }) {
  const items = Children.toArray(children);
  return (
    <nav aria-label="Breadcrumbs" className={css.crumbs}>
      <ol>
        {items.map((item, index) => (
          <li key={index} aria-current={index === items.length - 1 ? "page" : undefined}>
            {item}
          </li>
        ))}
      </ol>
    </nav>
  );
}
