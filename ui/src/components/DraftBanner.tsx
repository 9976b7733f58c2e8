// Forms about a row, or about all rows of a page, that were begun and not sent.
import { useSession } from "~/session/session";
import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import { Time } from "~/ui/Time";
import { type Draft, dropDraft, useDrafts } from "~/util/drafts";
import css from "./DraftBanner.module.css";

/** Drafts of who is signed in. */
export function useOwnDrafts(): readonly Draft[] {
  const who = useSession()?.principal.sub;
  const all = useDrafts();
  return who ? all.filter((draft) => draft.key.startsWith(`${who} `)) : [];
}

export function DraftBanner({
  about,
  onOpen,
}: {
  /** `user ada`, or `user ` for every user. */
  about: (draft: Draft) => boolean;
  onOpen: (ask: unknown) => void;
}) {
  const shown = useOwnDrafts().filter(about);
  if (shown.length === 0) return null;
  return (
    <div className={css.drafts}>
      {shown.map((draft) => (
        <Banner
          key={draft.key}
          tone="accent"
          icon="undo"
          title={`Not sent: ${draft.title}.`}
          end={
            <>
              <Button size="s" onClick={() => dropDraft(draft.key)}>
                Discard
              </Button>
              <Button size="s" variant="primary" onClick={() => onOpen(draft.ask)}>
                Go on
              </Button>
            </>
          }
        >
          A draft of <Time at={draft.at} relative /> is kept in this tab.
        </Banner>
      ))}
    </div>
  );
}
