// A failure in the words of who refused, with its code and the ids: a failed read as a part of the
// page, a refused write over its form.
import type { ReactNode } from "react";
import { isApiError } from "~/api/client";
import { Banner } from "~/ui/Banner";
import { CopyButton } from "~/ui/CopyButton";
import { ErrorState, problemText } from "~/ui/ErrorState";
import { IdChip } from "~/ui/IdChip";
import css from "./problem.module.css";
import { problemOf } from "./tell";

export function Failed({
  error,
  title,
  stillTrue,
  onRetry,
}: {
  error: unknown;
  title: string;
  stillTrue?: ReactNode;
  onRetry?: () => void;
}) {
  return (
    <ErrorState
      problem={problemOf(error, title)}
      stillTrue={stillTrue}
      {...(onRetry ? { onRetry } : {})}
    />
  );
}

/** A write that was refused, or whose end is not known. */
export function Refusal({ error, rests }: { error: unknown; rests?: number | undefined }) {
  const problem = problemOf(error);
  const silent = isApiError(error) && (error.status === 0 || error.status === 504);
  const field = isApiError(error) ? error.extra.field : undefined;
  return (
    <Banner
      tone="bad"
      icon="bad"
      urgent
      title={problem.code}
      end={<CopyButton text={problemText(problem)} label="Copy for support" />}
    >
      {typeof field === "string" && <code>{field}: </code>}
      {problem.detail}{" "}
      {silent &&
        (rests === undefined
          ? "Whether it was done is not known; look before sending it again. "
          : `Whether it was done is not known. Sending it again is safe: it names version ${rests}. `)}
      <span className={css.ids}>
        {problem.requestId && <IdChip id={problem.requestId} noun="request id" />}{" "}
        {problem.correlationId && <IdChip id={problem.correlationId} noun="correlation id" />}
      </span>
    </Banner>
  );
}
