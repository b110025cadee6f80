/**
 * Stands for the parts of the SDK that this app never uses, which are half of it: calls, widgets, sliding sync, trees
 * of files, what other servers say of themselves. Here are the names that the rest of the SDK asks of them.
 */
class Absent {
  start(): void {}
  stop(): void {}
  get(): undefined {
    return undefined;
  }
  async wait(): Promise<undefined> {
    return undefined;
  }
}

const absent = (): Absent => new Absent();
const refused = (): never => {
  throw new Error("this app has left that part of the library out");
};

// Calls, and the sessions of calls.
export const supportsMatrixCall = (): boolean => false;
export const createNewMatrixCall = refused;
export {
  Absent as CallEventHandler,
  Absent as GroupCall,
  Absent as GroupCallEventHandler,
  Absent as MatrixRTCSessionManager,
  Absent as MediaHandler,
  Absent as StatsReport,
};
export const createRtcTransportsCachedValue = absent;
export const CallEvent = {};
export const CallFeedEvent = {};
export const GroupCallEvent = {};
export const GroupCallIntent = {};
export const GroupCallState = {};
export const GroupCallStatsReportEvent = {};
export const GroupCallType = {};
export const MediaHandlerEvent = {};
// Widgets, sliding sync, trees of files, the description of a server on its name's web site.
export { Absent as MSC3089TreeSpace, Absent as RoomWidgetClient, Absent as SlidingSyncSdk };
export const DEFAULT_TREE_POWER_LEVELS_TEMPLATE = {};
export const createWellKnownCachedValue = absent;
