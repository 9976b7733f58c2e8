// Where a document stands, in words.
import type { Space } from "~/api/govern/types";

export function spaceTitle(space: Space): string {
  switch (space.of) {
    case "platform":
      return "Configuration of the platform";
    case "tenant":
      return `Configuration of ${space.tenant_id}`;
    case "definition":
      return `${space.kind.charAt(0).toUpperCase()}${space.kind.slice(1)} definition`;
  }
}

/** The area of the rights it needs. */
export const spaceArea = (space: Space) => (space.of === "definition" ? "definitions" : "config");

/** Whose it is, for rights that reach one tenant only. */
export const spaceTenant = (space: Space) => (space.of === "tenant" ? space.tenant_id : undefined);
