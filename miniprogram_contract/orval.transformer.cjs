// What the functions are made for: calls under /v1 that carry JSON. Files are for upload() and wx.downloadFile.
const isJson = (part) => !part?.content || "application/json" in part.content;

const isCall = ({ requestBody, responses }) =>
  isJson(requestBody) && Object.entries(responses).every(([status, answer]) => status >= "300" || isJson(answer));

module.exports = (document) => ({
  ...document,
  paths: Object.fromEntries(
    Object.entries(document.paths)
      .filter(([path]) => path.startsWith("/v1/"))
      .map(([path, methods]) => [
        path,
        Object.fromEntries(Object.entries(methods).filter(([, operation]) => isCall(operation))),
      ]),
  ),
});
