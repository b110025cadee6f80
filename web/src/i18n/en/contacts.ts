export const contacts = {
  title: "Contacts",
  person: "Contact",
  write: "Write a message",
  block: "Block",
  unblock: "Unblock",
  blockMore: "You no longer see anything from a blocked person",
  copyHandle: "Copy the handle",
  groups: "Groups in common",
};
