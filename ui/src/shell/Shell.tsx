// The frame of every page but the sign-in: navigation, top bar, the page, overlays, one stream.
import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { useEventFeed } from "~/api/events/live";
import { DialogHost } from "~/dialogs/DialogHost";
import { sessionEnded } from "~/session/ended";
import { useSignal } from "~/util/signal";
import { Announcer } from "./Announcer";
import { listenChords } from "./chords";
import { Nav } from "./Nav";
import { overlay } from "./overlay";
import css from "./Shell.module.css";
import { TopBar } from "./TopBar";

const Palette = lazy(async () => ({ default: (await import("./palette/Palette")).Palette }));
const KeyHelp = lazy(async () => ({ default: (await import("./KeyHelp")).KeyHelp }));
const SignOut = lazy(async () => ({ default: (await import("./SignOut")).SignOut }));
const SignInAgain = lazy(async () => ({
  default: (await import("~/dialogs/SignInAgain")).SignInAgain,
}));
const RecentIds = lazy(async () => ({ default: (await import("./RecentIds")).RecentIds }));

/** Keys of the whole console. They hear from the first paint on: a key must never be lost. */
function useChords(): void {
  const navigate = useNavigate();
  useEffect(() => listenChords((to) => void navigate({ to })), [navigate]);
}

export function Shell() {
  const ended = useSignal(sessionEnded);
  useEventFeed(useQueryClient(), !ended);
  useChords();
  const open = useSignal(overlay);
  const close = () => overlay.set(undefined);
  return (
    <div className={css.app}>
      <a href="#main" className={css.skip}>
        Skip to the page
      </a>
      <Nav />
      <TopBar />
      <main id="main" className={css.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Announcer />
      <DialogHost />
      <Suspense fallback={null}>
        {open === "palette" && <Palette onClose={close} />}
        {open === "keys" && <KeyHelp onClose={close} />}
        {open === "out" && <SignOut onClose={close} />}
        {open === "recent" && <RecentIds onClose={close} />}
        {ended && <SignInAgain />}
      </Suspense>
    </div>
  );
}
