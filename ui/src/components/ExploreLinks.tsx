// Links to Loki and Tempo for one flow. Without a Grafana they stay, off, with the reason.
import { lokiLink, type Subject, tempoLink } from "~/links/explore";
import { useSession } from "~/session/session";
import { buttonClass } from "~/ui/Button";
import { Icon } from "~/ui/Icon";

export const NO_GRAFANA = "No Grafana address is configured for this environment.";

export function ExploreLinks({ subject, buttons }: { subject: Subject; buttons?: boolean }) {
  const session = useSession();
  const base = session?.grafana_url;
  return (
    <>
      <Out
        name="Loki"
        href={base ? lokiLink(base, subject) : undefined}
        off={base ? "No id to look for." : NO_GRAFANA}
        button={buttons ?? false}
      />
      <Out
        name="Tempo"
        href={base ? tempoLink(base, subject) : undefined}
        off={base ? "No trace id is known." : NO_GRAFANA}
        button={buttons ?? false}
      />
    </>
  );
}

function Out({
  name,
  href,
  off,
  button,
}: {
  name: string;
  href: string | undefined;
  off: string;
  button: boolean;
}) {
  const text = button ? `Open in ${name}` : name;
  if (!href) {
    return (
      // biome-ignore lint/a11y/useValidAnchor: a link that is off keeps its place and says why
      <a
        role="link"
        aria-disabled="true"
        title={off}
        className={button ? buttonClass() : "t3"}
        aria-label={`${text}. ${off}`}
      >
        {text} <Icon name="external" small />
      </a>
    );
  }
  return (
    <a href={href} target="_blank" rel="noreferrer" className={button ? buttonClass() : "link"}>
      {text} <Icon name="external" small />
    </a>
  );
}
