// The text of one version, or line by line what differs between two.
import { useQuery } from "@tanstack/react-query";
import { versionQuery } from "~/api/govern/queries";
import type { DocumentVersion, Space, VersionedDocument } from "~/api/govern/types";
import { Failed } from "~/components/problem";
import { CopyButton } from "~/ui/CopyButton";
import { DiffBlock } from "~/ui/DiffBlock";
import { EmptyState } from "~/ui/EmptyState";
import { PlainSelect } from "~/ui/Input";
import { Panel } from "~/ui/Panel";
import { Segmented } from "~/ui/Segmented";
import { Skeleton } from "~/ui/Skeleton";
import { canonical, pretty } from "~/util/json";
import { diffLines } from "~/util/lines";
import css from "./Documents.module.css";

export type Shown = { version?: number | undefined; against?: number | undefined };

export function Content({
  space,
  name,
  document,
  failed,
  current,
  versions,
  shown,
  onShow,
}: {
  space: Space;
  name: string;
  document: VersionedDocument | undefined;
  failed: unknown;
  current: number | undefined;
  versions: readonly DocumentVersion[];
  shown: Shown;
  onShow: (next: Shown) => void;
}) {
  const { against } = shown;
  const version = document?.version;
  const kept = versions.filter((row) => !row.removed);
  // What one most often wants to see: what this version changed.
  const before = kept.find((row) => row.version < (version ?? 0))?.version;
  const other = before ?? kept.find((row) => row.version !== version)?.version;
  return (
    <Panel
      fill
      title={
        against !== undefined && version !== undefined
          ? `Version ${against} → ${version}`
          : `Version ${version ?? ""}`
      }
      count={version !== undefined && (version === current ? "in force" : "not in force")}
      end={
        <>
          {against !== undefined && (
            <span className={css.compare}>
              compared with
              <PlainSelect
                label="Compare with version"
                value={String(against)}
                options={kept
                  .filter((row) => row.version !== version)
                  .map((row) => ({ value: String(row.version), label: `version ${row.version}` }))}
                onChange={(next) => onShow({ ...shown, against: Number(next) })}
              />
            </span>
          )}
          <Segmented
            small
            label="Show"
            value={against === undefined ? "text" : "difference"}
            options={[
              { value: "text", label: "Text" },
              { value: "difference", label: "Difference" },
            ]}
            onChange={(next) =>
              onShow({ ...shown, against: next === "text" ? undefined : (against ?? other) })
            }
          />
          {document && <CopyButton text={pretty(document.document)} label="Copy the document" />}
        </>
      }
    >
      {failed ? (
        <Failed error={failed} title="This version cannot be read" />
      ) : !document ? (
        <Skeleton what="the document" columns={[{ head: "Text" }]} />
      ) : against === undefined ? (
        <Text text={pretty(document.document)} label={`${name}, version ${document.version}`} />
      ) : (
        <Difference space={space} name={name} from={against} to={document} />
      )}
    </Panel>
  );
}

function Text({ text, label }: { text: string; label: string }) {
  return (
    <div className={css.scroll} tabIndex={0} role="group" aria-label={label}>
      <ol className={css.text}>
        {text.split("\n").map((line, index) => (
          <li key={index}>{line || " "}</li>
        ))}
      </ol>
    </div>
  );
}

function Difference({
  space,
  name,
  from,
  to,
}: {
  space: Space;
  name: string;
  from: number;
  to: VersionedDocument;
}) {
  const query = useQuery(versionQuery(space, name, from));
  if (query.isError) {
    return (
      <Failed
        error={query.error}
        title={`Version ${from} cannot be read`}
        onRetry={() => void query.refetch()}
      />
    );
  }
  if (!query.data) return <Skeleton what={`version ${from}`} columns={[{ head: "Difference" }]} />;
  const [before, after] = [canonical(query.data.document), canonical(to.document)];
  const lines = diffLines(before, after);
  const described = query.data.description !== to.description;
  if (before === after && !described) {
    return (
      <EmptyState title={`Versions ${from} and ${to.version} say the same`}>
        The order of keys and the blanks do not count.
      </EmptyState>
    );
  }
  return (
    <div className={css.scroll} tabIndex={0} role="group" aria-label="Difference">
      <DiffBlock
        diffs={[
          ...(described
            ? [
                {
                  key: "description",
                  before: query.data.description || undefined,
                  after: to.description || undefined,
                },
              ]
            : []),
          ...(before === after ? [] : [{ key: "document", lines }]),
        ]}
      />
    </div>
  );
}
