/** The icon of each audience. */
import type { Visibility } from "../../core/masto/model";
import type { IconName } from "../../ui/icons";

export const VISIBLE: Record<Visibility, IconName> = {
  public: "globe",
  unlisted: "moon",
  private: "group",
  direct: "at",
};
