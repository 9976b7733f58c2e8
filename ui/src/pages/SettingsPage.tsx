// What belongs to this browser and this session: theme, time zone, rights, the last request ids.
import { useSession } from "~/session/session";
import { useSignOut } from "~/session/signOut";
import { overlay } from "~/shell/overlay";
import { Button } from "~/ui/Button";
import { IdChip } from "~/ui/IdChip";
import { PageHead } from "~/ui/PageHead";
import { Panel } from "~/ui/Panel";
import { Segmented } from "~/ui/Segmented";
import { Time } from "~/ui/Time";
import { buildText } from "~/util/format";
import { useStore } from "~/util/store";
import { setTheme, type Theme, themeStore } from "~/util/theme";
import { type Zone, zoneStore } from "~/util/zone";
import css from "./SettingsPage.module.css";

export function SettingsPage() {
  const session = useSession();
  const theme = useStore(themeStore);
  const zone = useStore(zoneStore);
  const signOut = useSignOut();
  return (
    <>
      <PageHead title="Settings" />
      <div className={css.stack}>
        <Panel title="This browser">
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
            <dt>Support</dt>
            <dd>
              <Button icon="copy" onClick={() => overlay.set("recent")}>
                Recent request ids
              </Button>
            </dd>
          </dl>
        </Panel>
        {session && (
          <Panel
            title="Your session"
            end={
              <Button size="s" icon="signOut" onClick={signOut}>
                Sign out
              </Button>
            }
          >
            <dl className={css.list}>
              <dt>Name</dt>
              <dd>{session.principal.sub}</dd>
              <dt>Session</dt>
              <dd>
                <IdChip id={session.principal.session_id} noun="session id" />
              </dd>
              <dt>Ends</dt>
              <dd>
                <Time at={session.expires_at} relative />
              </dd>
              <dt>Environment</dt>
              <dd>
                {session.environment}{" "}
                <span className="t3">· command-api {buildText(session.version)}</span>
              </dd>
              <dt>Rights</dt>
              <dd>
                <ul className={css.rights}>
                  {session.rights.map((right) => (
                    <li key={right}>
                      <code>{right}</code>
                    </li>
                  ))}
                </ul>
              </dd>
            </dl>
          </Panel>
        )}
      </div>
    </>
  );
}
