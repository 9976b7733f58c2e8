// Who wrote a row of the Gateway's: a subject that leads to its page, or the Gateway itself.
import { Link } from "@tanstack/react-router";

export function Who({ sub }: { sub: string | null }) {
  if (sub === null) return <span className="t3">the Gateway</span>;
  return (
    <Link to="/users/$sub" params={{ sub }} title={sub}>
      {sub}
    </Link>
  );
}
