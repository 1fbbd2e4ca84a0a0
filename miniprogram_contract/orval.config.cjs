// openapi.json → client/api.ts; ASI_CLIENT_OUT names another file, for the test that compares.
module.exports = {
  client: {
    input: { target: "./openapi.json", override: { transformer: "./orval.transformer.cjs" } },
    output: {
      target: process.env.ASI_CLIENT_OUT || "./client/api.ts",
      mode: "single",
      client: "axios-functions",
      headers: true,
      urlEncodeParameters: true,
      override: { mutator: { path: "./client/wx.ts", name: "send" } },
    },
  },
};
