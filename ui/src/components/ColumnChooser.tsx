// Which columns of a list are shown; kept in this browser. The list itself loads on first use.
import { lazy, Suspense, useState } from "react";
import { Button } from "~/ui/Button";

const Chooser = lazy(async () => ({ default: (await import("./ColumnMenu")).ColumnMenu }));

export type ChooserProps = {
  columns: readonly { id: string; head: string }[];
  hidden: readonly string[];
  onChange: (hidden: string[]) => void;
};

export function ColumnChooser(props: ChooserProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon="columns" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Columns
      </Button>
      {open && (
        <Suspense fallback={null}>
          <Chooser {...props} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
