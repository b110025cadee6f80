/** Voice messages that are recorded and not sent yet, by chat; they live until the page goes. */
import type { Recording } from "../../core/voice/recorder.svelte";

export const recordings = new Map<string, Recording>();
