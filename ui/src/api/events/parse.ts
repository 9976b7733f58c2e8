// Server-sent events as a stream of messages (WHATWG HTML, 9.2.6). Pure; knows nothing of rows.

export type Message = { id: string | undefined; event: string; data: string };

/** Feeds text as it arrives; `emit` is called once a message, `beat` on every comment line. */
export function messageParser(emit: (message: Message) => void, beat: () => void) {
  let rest = "";
  let id: string | undefined;
  let event = "";
  let data: string[] = [];
  const line = (text: string) => {
    if (text === "") {
      if (data.length > 0) emit({ id, event: event || "message", data: data.join("\n") });
      event = "";
      data = [];
      return;
    }
    if (text.startsWith(":")) {
      beat();
      return;
    }
    const colon = text.indexOf(":");
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (field === "data") data.push(value);
    else if (field === "event") event = value;
    else if (field === "id" && !value.includes("\0")) id = value;
  };
  return (chunk: string) => {
    const parts = (rest + chunk).split(/\r\n|\n|\r/);
    rest = parts.pop() ?? "";
    for (const part of parts) line(part);
  };
}
