// What just happened, in words; ui/Toasts.tsx shows it. Kept apart so that telling costs nothing
// until there is something to tell.

export type Told = {
  id: number;
  title: string;
  tone: "ok" | "bad";
  code?: string | undefined;
  ids?: { id: string; noun: string }[] | undefined;
};

type Listener = (told: Told) => void;

let next = 1;
let listener: Listener | undefined;
let waiting: Told[] = [];

function tell(told: Omit<Told, "id">): void {
  const one = { ...told, id: next++ };
  if (listener) listener(one);
  else waiting.push(one);
}

/** Something was done or accepted. */
export function toast(title: string, ids?: Told["ids"]): void {
  tell({ title, tone: "ok", ids });
}

/** Something was refused or failed; `code` is the status, the stable code and the cause. */
export function toastError(title: string, code: string, ids?: Told["ids"]): void {
  tell({ title, tone: "bad", code, ids });
}

/** For the one place that shows them; gets what came before it. */
export function listen(to: Listener): () => void {
  listener = to;
  for (const told of waiting) to(told);
  waiting = [];
  return () => {
    if (listener === to) listener = undefined;
  };
}
