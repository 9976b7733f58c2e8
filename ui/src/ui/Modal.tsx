// A dialog: traps focus, starts in the first field, gives focus back. Head and foot are fixed, the
// body scrolls. `plan` is 1216 × 800, `question` 480 wide.
import { Dialog } from "@base-ui/react/dialog";
import type { ReactNode, RefObject } from "react";
import { cx } from "~/util/cx";
import css from "./Modal.module.css";

export function Modal({
  open,
  onClose,
  title,
  head,
  foot,
  size = "question",
  over,
  initialFocus,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  /** Beside the title. */
  head?: ReactNode;
  foot?: ReactNode;
  size?: "plan" | "question" | "wide";
  /** May open while another dialog is open, and lies over it. */
  over?: boolean;
  initialFocus?: RefObject<HTMLElement | null>;
  children: ReactNode;
}) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={cx(css.scrim, over && css.over)} />
        <Dialog.Popup
          className={cx(css.dialog, css[size], over && css.over)}
          {...(initialFocus ? { initialFocus } : {})}
        >
          <header className={css.head}>
            <Dialog.Title className={css.title}>{title}</Dialog.Title>
            {head}
          </header>
          <div className={css.body}>{children}</div>
          {foot && <footer className={css.foot}>{foot}</footer>}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
