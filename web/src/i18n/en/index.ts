export { auth } from "./auth";
export { chats } from "./chats";
export { contacts } from "./contacts";
export { keys } from "./keys";
export { me } from "./me";
export { shell } from "./shell";
