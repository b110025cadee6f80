/** Every number of the app that somebody may want to change, in one place. */
export const INITIAL_SYNC_EVENTS = 20;
export const PAGE_EVENTS = 50;
export const WINDOW_EVENTS = 4000;
export const DRAFT_SAVE_MS = 500;
export const TYPING_MS = 20_000;
export const RECALL_MS = 2 * 60_000;
export const EDIT_AGAIN_MS = 5 * 60_000;
export const TIME_GAP_MS = 5 * 60_000;
export const GROUPED_MS = 3 * 60_000;
export const RETRY_FIRST_MS = 1000;
export const RETRY_MOST_MS = 30_000;
export const VOICE_MOST_MS = 60_000;
export const VOICE_WARN_MS = 10_000;
export const VOICE_LEAST_MS = 1000;
export const WAVEFORM_BARS = 48;
export const PHOTO_SIDE = 1600;
export const PHOTO_BYTES = 400_000;
export const MOST_PHOTOS = 9;
export const MOST_FILES = 100;
/** What a text may hold as JSON, so that the event, encrypted and with all around it, stays below the protocol's 64 KiB. */
export const MESSAGE_BYTES = 44_000;
/** Photos of other apps that follow each other this soon were sent together. */
export const ALBUM_MS = 10_000;
export const FACES = 3;
export const LINKS_KEPT = 500;
export const LONG_TEXT_LINES = 20;
export const WORDS_KEPT = 50_000;
/** Longer than the server lets a question after news wait. */
export const AWAY_MS = 60_000;
export const KEEP_SYNC_MS = 20_000;
export const KEEP_JOINED_MS = 500;
/** A picture is made at most this large before a QR code is looked for, and a camera's so many times a second. */
export const CODE_SIDE = 1000;
export const CODE_EVERY_MS = 250;
/** How long before its end an access token is renewed. */
export const RENEW_BEFORE_MS = 5 * 60_000;
/** How soon after a change the service worker gets to know the names, and of how many people. */
export const ALERT_NAMES_MS = 1500;
export const MOST_ALERT_NAMES = 3000;
/** Where an export ends, below the 4 GB of the plain ZIP format. */
export const EXPORT_MOST_BYTES = 3_800_000_000;
export const ARTICLES_KEPT = 100;
export const MOST_LIKES = 500;
export const FEEDS_KEPT = 12;
export const FRESH_MS = 20_000;
export const POST_CHARS = 5000;
export const POLL_OPTIONS = 8;
export const CHAT_POLL_ANSWERS = 10;
export const STREAM_BEGINS_MS = 3000;
/** How far ahead a post must be scheduled; the server wants five minutes. */
export const SCHEDULE_LEAST_MS = 5 * 60_000 + 30_000;
