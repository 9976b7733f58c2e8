// Copies one text and says so, to eyes and to screen readers.
import { useRef, useState } from "react";
import css from "./CopyButton.module.css";
import { Icon } from "./Icon";

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return;
    }
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <button type="button" className={css.copy} aria-label={label} title={label} onClick={copy}>
      <Icon name={copied ? "check" : "copy"} className={css.glyph} />
      <span role="status" className="vh">
        {copied ? "Copied" : ""}
      </span>
    </button>
  );
}
