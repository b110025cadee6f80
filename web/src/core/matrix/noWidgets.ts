/** Stands for the SDK's widget library, which this app never uses: the names that the SDK imports. */
export const WidgetApiToWidgetAction = {};
export const WidgetApiResponseError = Error;
export const MatrixCapabilities = {};
export const UnstableApiVersion = {};
