import { mount } from "svelte";
import App from "./App.svelte";
import { holder } from "./core/session.svelte";
import { settings } from "./core/store/settings.svelte";
import { followUpdates } from "./updates";
import { followWorker } from "./workerMessages";
import "./styles/tokens.css";
import "./styles/elements.css";

settings.apply();
const target = document.getElementById("app");
if (!target) throw new Error("the page has no place for the app");
mount(App, { target });
void holder.start();
followUpdates();
followWorker();
