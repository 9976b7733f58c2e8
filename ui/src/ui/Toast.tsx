// What just happened, bottom right. Never the only place of a fact. Errors stay until dismissed,
// others 6 s.
import { Toast as Base } from "@base-ui/react/toast";
import type { ReactNode } from "react";
import { cx } from "~/util/cx";
import { Icon } from "./Icon";
import { IdChip } from "./IdChip";
import css from "./Toast.module.css";

const LIFE_MS = 6_000;

type Extra = {
  code?: string | undefined;
  ids?: { id: string; noun: string }[] | undefined;
  tone: "ok" | "bad";
};

const manager = Base.createToastManager<Extra>();

/** Something was done or accepted. */
export function toast(title: string, ids?: Extra["ids"]): void {
  manager.add({ title, timeout: LIFE_MS, data: { tone: "ok", ids } });
}

/** Something was refused or failed; `code` is the status and stable code. */
export function toastError(title: string, code: string, ids?: Extra["ids"]): void {
  manager.add({ title, timeout: 0, priority: "high", data: { tone: "bad", code, ids } });
}

export function Toasts({ children }: { children: ReactNode }) {
  return (
    <Base.Provider toastManager={manager} limit={4}>
      {children}
      <Base.Portal>
        <Base.Viewport className={css.viewport}>
          <List />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function List() {
  const { toasts } = Base.useToastManager<Extra>();
  return toasts.map((item) => (
    <Base.Root key={item.id} toast={item} className={css.toast} swipeDirection={[]}>
      <Icon
        name={item.data?.tone === "bad" ? "bad" : "ok"}
        className={cx(css.icon, item.data?.tone === "bad" ? "c-bad" : "c-ok")}
      />
      <Base.Title className={css.title} />
      <Base.Close className={css.close} aria-label="Dismiss">
        <Icon name="close" small />
      </Base.Close>
      {item.data?.code && (
        <Base.Description className={css.line}>{item.data.code}</Base.Description>
      )}
      {item.data?.ids && (
        <span className={css.line}>
          {item.data.ids.map(({ id, noun }) => (
            <IdChip key={id} id={id} noun={noun} />
          ))}
        </span>
      )}
    </Base.Root>
  ));
}
