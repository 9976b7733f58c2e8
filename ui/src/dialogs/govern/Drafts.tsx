// The drafts of one row, or of one kind of rows, on the page that shows them.
import { DraftBanner } from "~/components/DraftBanner";
import type { Draft } from "~/util/drafts";
import { openGovern } from "../host";
import { aboutOf, isGovernAsk } from "./asks";

export function Drafts({ of }: { of: string }) {
  const about = ({ ask }: Draft) => {
    if (!isGovernAsk(ask)) return false;
    const row = aboutOf(ask);
    return row === of || (of.endsWith(" ") && row.startsWith(of));
  };
  return <DraftBanner about={about} onOpen={(ask) => isGovernAsk(ask) && openGovern(ask)} />;
}
