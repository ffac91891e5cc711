/** Loaded before each program that `antipode dev` starts (`node --import`), whatever the program is. */
import { watchParent } from "../parent-watch.ts";

watchParent();
