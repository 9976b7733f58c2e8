// Who one is and why one may what; what runs here and in which version; what this browser keeps.
import { Link } from "@tanstack/react-router";
import { recentIds } from "~/api/ids";
import type { Session } from "~/api/types";
import { Fact, Facts } from "~/components/Facts";
import { RecentTable, recentText } from "~/components/RecentTable";
import { useSession } from "~/session/session";
import { useSignOut } from "~/session/signOut";
import { Button } from "~/ui/Button";
import { CopyButton } from "~/ui/CopyButton";
import { EmptyState } from "~/ui/EmptyState";
import { IdChip } from "~/ui/IdChip";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Segmented } from "~/ui/Segmented";
import { Time } from "~/ui/Time";
import { buildText } from "~/util/format";
import { useStore } from "~/util/store";
import { setTheme, type Theme, themeStore } from "~/util/theme";
import { type Zone, zoneStore } from "~/util/zone";
import { MyRights } from "./MyRights";
import css from "./SettingsPage.module.css";
import { Versions } from "./Versions";

export function SettingsPage() {
  const session = useSession();
  const signOut = useSignOut();
  return (
    <>
      <PageHead title="Settings">
        <Button icon="signOut" onClick={signOut}>
          Sign out
        </Button>
      </PageHead>
      {session && <You session={session} />}
      <div className={css.columns}>
        <div className={css.stack}>
          {session && <MyRights session={session} />}
          <Browser />
        </div>
        <div className={css.stack}>
          <Versions />
          <Recent />
        </div>
      </div>
    </>
  );
}

function You({ session }: { session: Session }) {
  const { principal } = session;
  return (
    <Facts>
      <Fact name="You are">
        <span className="strong">{session.display_name ?? principal.sub}</span>
      </Fact>
      <Fact name="Subject">
        <IdChip
          id={principal.sub}
          noun="subject"
          link={(text) => (
            <Link to="/users/$sub" params={{ sub: principal.sub }}>
              {text}
            </Link>
          )}
        />
      </Fact>
      <Fact name="Session">
        <IdChip
          id={principal.session_id}
          noun="session id"
          link={(text) => (
            <Link to="/sessions/$session_id" params={{ session_id: principal.session_id }}>
              {text}
            </Link>
          )}
        />
      </Fact>
      <Fact name="Ends">
        <Time at={session.expires_at} relative />
      </Fact>
      <Fact name="Environment">{session.environment}</Fact>
      <Fact name="API">command-api {buildText(session.version)}</Fact>
    </Facts>
  );
}

function Browser() {
  const theme = useStore(themeStore);
  const zone = useStore(zoneStore);
  return (
    <Panel title="This browser" end="kept here, not on the server">
      <dl className={css.list}>
        <dt>Theme</dt>
        <dd>
          <Segmented<Theme>
            label="Theme"
            value={theme}
            options={[
              { value: "dark", label: "Dark" },
              { value: "light", label: "Light" },
            ]}
            onChange={setTheme}
          />
        </dd>
        <dt>Times</dt>
        <dd>
          <Segmented<Zone>
            label="Times"
            value={zone}
            options={[
              { value: "utc", label: "UTC" },
              { value: "local", label: "Local" },
            ]}
            onChange={zoneStore.set}
          />
        </dd>
      </dl>
    </Panel>
  );
}

function Recent() {
  const ids = useStore(recentIds);
  return (
    <Panel
      title="Recent request ids"
      count={ids.length}
      end={ids.length > 0 && <CopyButton text={recentText(ids)} label="Copy all" />}
    >
      {ids.length === 0 ? (
        <EmptyState title="No request yet">
          Each request to the API has an id. The last 20 of this browser are kept here.
        </EmptyState>
      ) : (
        <div className={css.scroll} tabIndex={0} role="group" aria-label="Recent requests, rows">
          <RecentTable ids={ids} />
        </div>
      )}
    </Panel>
  );
}
