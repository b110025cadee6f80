import { mount } from "svelte";
import App from "./App.svelte";
import { holder } from "./core/session.svelte";
import { settings } from "./core/store/settings.svelte";
import { firstList } from "./screens";
import { followWorker } from "./workerMessages";
import "./styles/tokens.css";
import "./styles/elements.css";

settings.apply();
const target = document.getElementById("app");
if (!target) throw new Error("the page has no place for the app");
// What the first screen needs beyond the shell loads while the shell is drawn, and the browser looks for the session.
void import("./core/matrix/start").catch(() => {});
void firstList()?.catch(() => {});
void holder.start();
mount(App, { target });
followWorker();
