// The freshness chip of a panel, fed by its query and the event stream.
import { useFreshness } from "~/api/events/live";
import type { AsOf } from "~/api/types";
import { FreshnessChip } from "~/ui/FreshnessChip";

export function Fresh({ asOf, fetchedAt }: { asOf: AsOf | undefined; fetchedAt: number }) {
  const fresh = useFreshness(asOf, fetchedAt);
  return <FreshnessChip read={fresh?.read} head={fresh?.head} ageMs={fresh?.ageMs} />;
}
