// What just happened, bottom right. Never the only place of a fact. Errors stay until dismissed,
// others 6 s. Told through util/toasts.ts.
import { Toast as Base } from "@base-ui/react/toast";
import { useEffect } from "react";
import { cx } from "~/util/cx";
import { listen, type Told } from "~/util/toasts";
import { Icon } from "./Icon";
import { IdChip } from "./IdChip";
import css from "./Toasts.module.css";

const LIFE_MS = 6_000;
const AT_ONCE = 4;

const manager = Base.createToastManager<Told>();

function show(told: Told): void {
  manager.add({
    id: String(told.id),
    title: told.title,
    timeout: told.tone === "bad" ? 0 : LIFE_MS,
    data: told,
  });
}

export function Toasts() {
  useEffect(() => listen(show), []);
  return (
    <Base.Provider toastManager={manager} limit={AT_ONCE}>
      <Base.Portal>
        <Base.Viewport className={css.viewport}>
          <List />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function List() {
  const { toasts } = Base.useToastManager<Told>();
  return toasts.map((item) => (
    <Base.Root key={item.id} toast={item} className={css.toast} swipeDirection={[]} data-toast="">
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
