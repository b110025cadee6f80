/** My own name and picture. */
import { UserEvent } from "matrix-js-sdk";
import { matrix } from "./client";
import { thumbnail } from "./media";

class Profile {
  name = $state("");
  avatar = $state<string | undefined>();
  /** The picture's mxc:// address. */
  picture = $state<string | undefined>();

  async load(): Promise<void> {
    const client = matrix();
    const me = client.getUserId() ?? "";
    const known = await client.getProfileInfo(me).catch(() => undefined);
    this.#take(known?.displayname, known?.avatar_url);
    const user = client.getUser(me);
    user?.on(UserEvent.DisplayName, (_, one) => this.#take(one.displayName, one.avatarUrl));
    user?.on(UserEvent.AvatarUrl, (_, one) => this.#take(one.displayName, one.avatarUrl));
  }

  async rename(name: string): Promise<void> {
    await matrix().setDisplayName(name);
    this.name = name;
  }

  async setPicture(mxc: string): Promise<void> {
    await matrix().setAvatarUrl(mxc);
    this.#take(this.name, mxc);
  }

  /** Put a picture on the server and take it as mine. */
  async upload(picture: Blob): Promise<void> {
    const { content_uri } = await matrix().uploadContent(picture, {
      includeFilename: false,
      type: picture.type,
    });
    await this.setPicture(content_uri);
  }

  #take(name?: string, mxc?: string): void {
    this.name = name ?? "";
    this.picture = mxc;
    this.avatar = thumbnail(mxc, 192);
  }
}

export const profile = new Profile();
