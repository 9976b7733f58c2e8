// A command or a body one may copy whole.
import css from "./Code.module.css";
import { CopyButton } from "./CopyButton";

export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div className={css.code}>
      <pre>
        <code>{text}</code>
      </pre>
      <span className={css.copy}>
        <CopyButton text={text} label={label} />
      </span>
    </div>
  );
}
