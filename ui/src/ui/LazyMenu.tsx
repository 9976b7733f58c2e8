// A menu whose code is loaded when somebody first points at it or opens it. Until then its trigger
// is a plain button with the same look, name and role.
import { lazy, type ReactNode, Suspense, useState } from "react";
import { Button, type ButtonProps } from "./Button";
import type { MenuItem } from "./Menu";

const load = () => import("./Menu");
const Menu = lazy(async () => ({ default: (await load()).Menu }));

export function LazyMenu({
  label,
  items,
  button,
  children,
}: {
  label: string;
  items: readonly MenuItem[];
  /** Look and name of the trigger. */
  button: Omit<ButtonProps, "onClick" | "children">;
  children?: ReactNode;
}) {
  const [wanted, setWanted] = useState(false);
  const plain = (
    <Button
      {...button}
      aria-haspopup="menu"
      aria-expanded={false}
      onClick={() => setWanted(true)}
      onPointerEnter={() => void load()}
    >
      {children}
    </Button>
  );
  if (!wanted) return plain;
  return (
    <Suspense fallback={plain}>
      <Menu
        defaultOpen
        label={label}
        items={items}
        trigger={<Button {...button}>{children}</Button>}
      />
    </Suspense>
  );
}
