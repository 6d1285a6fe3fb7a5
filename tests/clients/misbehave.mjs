// Breaks each rule of graphql-transport-ws; prints with which code and reason the socket is closed.
import { CloseCode } from "graphql-ws";
import WebSocket from "ws";

const [url, token] = process.argv.slice(2);
const init = { type: "connection_init", payload: { Authorization: `Bearer ${token}` } };
const follow = {
  id: "1",
  type: "subscribe",
  payload: { query: "subscription { activity { id } }" },
};

function closed(messages, protocol = "graphql-transport-ws") {
  return new Promise((resolve, reject) => {
    const socket = protocol ? new WebSocket(url, protocol) : new WebSocket(url);
    const timer = setTimeout(() => reject(new Error("the socket stays open")), 20_000);
    socket.on("error", reject);
    socket.on("open", () => {
      for (const message of messages) {
        socket.send(
          typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message),
        );
      }
    });
    socket.on("close", (code, reason) => {
      clearTimeout(timer);
      resolve({ code, reason: reason.toString() });
    });
  });
}

const cases = {
  "no JSON": [CloseCode.BadRequest, closed(["hello"])],
  "an unknown message": [CloseCode.BadRequest, closed([{ type: "start", id: "1" }])],
  "bytes": [CloseCode.BadRequest, closed([Buffer.from([1, 2, 3])])],
  "an operation without an id": [CloseCode.BadRequest, closed([init, { ...follow, id: undefined }])],
  "an operation before the introduction": [CloseCode.Unauthorized, closed([follow])],
  "a forged token": [
    CloseCode.Forbidden,
    closed([{ type: "connection_init", payload: { Authorization: "Bearer forged" } }]),
  ],
  "no token": [CloseCode.Forbidden, closed([{ type: "connection_init" }])],
  "the older protocol": [CloseCode.SubprotocolNotAcceptable, closed([], "graphql-ws")],
  "no protocol": [CloseCode.SubprotocolNotAcceptable, closed([], "")],
  "silence": [CloseCode.ConnectionInitialisationTimeout, closed([])],
  "one id twice": [CloseCode.SubscriberAlreadyExists, closed([init, follow, follow])],
  "two introductions": [CloseCode.TooManyInitialisationRequests, closed([init, init])],
};
const outcomes = {};
for (const [name, [expected, outcome]] of Object.entries(cases)) {
  outcomes[name] = { expected, ...(await outcome) };
}
console.log(JSON.stringify(outcomes));
