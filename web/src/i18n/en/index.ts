export { auth } from "./auth";
export { chats } from "./chats";
export { contacts } from "./contacts";
export { me } from "./me";
export { shell } from "./shell";
