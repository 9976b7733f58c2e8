// One versioned document, wherever it stands: what is in force or was, what differs between any two
// versions, and who wrote each and why. Restoring is an edit that begins with the old content.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { isApiError } from "~/api/client";
import { documentQuery, versionQuery, versionsQuery } from "~/api/govern/queries";
import type { Space, VersionedDocument } from "~/api/govern/types";
import { Fact, Facts } from "~/components/Facts";
import { useRows } from "~/components/ListPanel";
import { Failed } from "~/components/problem";
import { ReadAt } from "~/components/ReadAt";
import { spaceArea, spaceTenant, spaceTitle } from "~/components/spaces";
import { usePageTitle } from "~/components/title";
import { Who } from "~/components/Who";
import { aboutDocument } from "~/dialogs/govern/asks";
import { Drafts } from "~/dialogs/govern/Drafts";
import { openGovern } from "~/dialogs/host";
import { useMayNot } from "~/session/reach";
import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Skeleton } from "~/ui/Skeleton";
import { TimeRecent } from "~/ui/Time";
import { int } from "~/util/format";
import { ChangesOf } from "../ChangesOf";
import split from "../Split.module.css";
import { Content, type Shown } from "./Content";
import { Versions } from "./Versions";

export function DocumentPage({
  space,
  name,
  shown,
  onShow,
  whose,
}: {
  space: Space;
  name: string;
  /** Which version, and which it is compared with; the address says so. */
  shown: Shown;
  onShow: (next: Shown) => void;
  /** Links to where it stands. */
  whose: ReactNode;
}) {
  usePageTitle(name);
  const query = useQuery(documentQuery(space, name));
  const versions = useInfiniteQuery(versionsQuery(space, name));
  const { rows } = useRows(versions);
  const removed = isApiError(query.error) && query.error.status === 404 && rows.length > 0;
  const current = removed ? undefined : query.data;
  const wanted = shown.version ?? rows.find((row) => !row.removed)?.version;
  const past = useQuery({
    ...versionQuery(space, name, wanted ?? 0),
    enabled: wanted !== undefined && wanted !== current?.version && (removed || Boolean(current)),
  });
  const document = current && (wanted ?? 0) === current.version ? current : past.data;
  const again = () => {
    void query.refetch();
    void versions.refetch();
  };
  if (!current && !removed) {
    const unknown = isApiError(query.error) && query.error.status === 404 && !versions.isPending;
    return (
      <>
        <PageHead title={name} sub={spaceTitle(space)} />
        <Drafts of={aboutDocument(space, name)} />
        <Panel fill label="Document">
          {query.isError && !versions.isPending ? (
            <Failed
              error={query.error}
              title={unknown ? "No document has this name here" : "This document cannot be read"}
              onRetry={again}
            />
          ) : (
            <Skeleton
              what="the document"
              columns={["Document", "Versions"].map((head) => ({ head }))}
            />
          )}
        </Panel>
      </>
    );
  }
  return (
    <>
      <Head
        space={space}
        name={name}
        current={current}
        document={document}
        restores={document !== undefined && document.version !== current?.version}
      >
        <ReadAt at={query.dataUpdatedAt} busy={query.isFetching} onAgain={again} />
      </Head>
      <Drafts of={aboutDocument(space, name)} />
      {removed && (
        <div className={split.banner}>
          <Banner tone="warn" icon="denied" title={`${name} is removed.`}>
            Nothing reads it. Each of its versions can be restored.
          </Banner>
        </div>
      )}
      <DocumentFacts whose={whose} current={current} />
      <div className={split.gap} />
      <div className={split.columns}>
        <Content
          space={space}
          name={name}
          document={document}
          failed={past.error}
          current={current?.version}
          versions={rows}
          shown={shown}
          onShow={onShow}
        />
        <div className={split.side}>
          <Versions
            query={versions}
            current={current?.version}
            shown={document?.version}
            compare={shown.against}
            onShow={onShow}
          />
          <ChangesOf
            resource={`${space.of === "definition" ? space.kind : "documents"}/${name}`}
            tenant={spaceTenant(space)}
            what="this document"
            area={space.of === "definition" ? "definitions" : "config.documents"}
          />
        </div>
      </div>
    </>
  );
}

function Head({
  space,
  name,
  current,
  document,
  restores,
  children,
}: {
  space: Space;
  name: string;
  current: VersionedDocument | undefined;
  document: VersionedDocument | undefined;
  /** What is shown is not in force. */
  restores: boolean;
  children: ReactNode;
}) {
  const lacks = useMayNot(`control.${spaceArea(space)}.write`, spaceTenant(space));
  const gone = current ? undefined : "It is removed; restore a version of it.";
  return (
    <PageHead title={name} sub={spaceTitle(space)}>
      {lacks && <span className="t3 fs12">{lacks}</span>}
      {children}
      {restores && document && (
        <Button
          icon="undo"
          off={lacks}
          onClick={() => openGovern({ of: "document", space, document: current, from: document })}
        >
          Restore version {document.version}…
        </Button>
      )}
      <Button
        icon="config"
        data-chord="e"
        off={lacks ?? gone}
        onClick={() => openGovern({ of: "document", space, document: current })}
      >
        Edit…
      </Button>
      <Button
        icon="close"
        off={lacks ?? gone}
        onClick={() => current && openGovern({ of: "document-remove", space, document: current })}
      >
        Remove…
      </Button>
    </PageHead>
  );
}

function DocumentFacts({
  whose,
  current,
}: {
  whose: ReactNode;
  current: VersionedDocument | undefined;
}) {
  return (
    <Facts>
      <Fact name="Stands in">{whose}</Fact>
      {current ? (
        <>
          <Fact name="What it is for">{current.description || <span className="t3">—</span>}</Fact>
          <Fact name="In force">
            version <span className="mono">{int(current.version)}</span>
          </Fact>
          <Fact name="Since">
            <TimeRecent at={current.updated_at} />
          </Fact>
          <Fact name="By">
            <Who sub={current.updated_by} />
          </Fact>
          <Fact name="Because">{current.reason ?? <span className="t3">—</span>}</Fact>
        </>
      ) : (
        <Fact name="In force">
          <span className="t3">nothing</span>
        </Fact>
      )}
    </Facts>
  );
}
