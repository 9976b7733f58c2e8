// Something failed: what, what is still true, the code, both ids, the next try, one way on.
import type { ReactNode } from "react";
import { useState } from "react";
import { useNow } from "~/util/clock";
import { age } from "~/util/format";
import { Button } from "./Button";
import { Icon } from "./Icon";
import { IdChip } from "./IdChip";
import css from "./States.module.css";

export type Problem = {
  title: string;
  detail?: string | undefined;
  /** HTTP status and stable code: `503 log_unavailable`. */
  code: string;
  requestId?: string | undefined;
  correlationId?: string | undefined;
  /** Milliseconds since the epoch of the next automatic try. */
  nextTryAt?: number | undefined;
};

/** Everything a support ticket needs, as text. */
export function problemText(problem: Problem): string {
  return [
    problem.title,
    problem.detail,
    `code ${problem.code}`,
    problem.requestId && `request ${problem.requestId}`,
    problem.correlationId && `correlation ${problem.correlationId}`,
  ]
    .filter(Boolean)
    .join("\n");
}

/** The API's details are clauses; here they stand beside other sentences. */
function sentence(text: string): string {
  return /[.!?]$/.test(text.trim()) ? text : `${text.trim()}.`;
}

export function ErrorState({
  problem,
  stillTrue,
  onRetry,
}: {
  problem: Problem;
  /** What the failure did not touch. */
  stillTrue?: ReactNode;
  onRetry?: () => void;
}) {
  const now = useNow();
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(problemText(problem)).then(() => setCopied(true));
  };
  return (
    <div className={css.problem} role="alert">
      <h3 className={css.title}>
        <Icon name="bad" className="c-bad" />
        {problem.title}
      </h3>
      <p className="t2">
        {problem.detail && sentence(problem.detail)} {stillTrue}
      </p>
      <dl className={css.kv}>
        <dt>Code</dt>
        <dd>
          <code>{problem.code}</code>
        </dd>
        {problem.requestId && (
          <>
            <dt>Request</dt>
            <dd>
              <IdChip id={problem.requestId} noun="request id" />
            </dd>
          </>
        )}
        {problem.correlationId && (
          <>
            <dt>Correlation</dt>
            <dd>
              <IdChip id={problem.correlationId} noun="correlation id" />
            </dd>
          </>
        )}
        {problem.nextTryAt !== undefined && (
          <>
            <dt>Next try</dt>
            <dd className="tn">
              in {age(problem.nextTryAt - now)} <span className="t3">· as the server asked</span>
            </dd>
          </>
        )}
      </dl>
      <div className={css.actions}>
        {onRetry && (
          <Button variant="primary" icon="retry" onClick={onRetry}>
            Try now
          </Button>
        )}
        <Button icon={copied ? "check" : "copy"} onClick={copy}>
          {copied ? "Copied" : "Copy for support"}
        </Button>
      </div>
    </div>
  );
}
