// What a frontend does with the API, by types that are generated from the document. It only has to compile.
import createClient from "openapi-fetch";
import type { components, paths } from "./api";

const client = createClient<paths>({ baseUrl: "http://127.0.0.1:8080", headers: { Authorization: "Bearer hyk_…" } });

export async function publishEvent(): Promise<unknown> {
  const data = { order: { id: 9041, total_amount: 7485 }, customer: { email: "ines@example.org" } };
  const { data: event, error } = await client.POST("/v1/events", { body: { type: "order.paid", id: "9041", data } });
  if (error) throw new Error((error.errors ?? []).map((one) => one.pointer).join());
  return event.data["order"];
}

export async function createFeed(): Promise<string> {
  const body = { title: "Warehouse", url: "https://warehouse.example.com/hooks", events: ["order.paid"] };
  const { data: feed, error } = await client.POST("/v1/feeds", { body });
  if (error) throw new Error(error.title);
  // A body that may be left out.
  await client.POST("/v1/feeds/{id}/rotate-secret", { params: { path: { id: feed.id } } });
  return feed.id;
}

export async function createWebhook(): Promise<string | undefined> {
  const verification = { scheme: "stripe" as const, secret: "whsec_0123456789abcdef" };
  const body = { name: "Shop", verification, field_map: { email: "/customer/email" } };
  const { data: webhook, error } = await client.POST("/v1/incoming-webhooks", { body });
  if (error) throw new Error(error.title);
  return webhook.field_map["email"];
}

export async function listCalls(id: string): Promise<unknown[]> {
  const params = { path: { id }, query: { limit: 10 } };
  const { data: page, error } = await client.GET("/v1/incoming-webhooks/{id}/calls", { params });
  if (error) throw new Error(error.title);
  const calls: components["schemas"]["Call"][] = page.data;
  // @ts-expect-error A call that could not be read has no payload.
  calls.forEach((call) => call.payload["email"]);
  return calls.map((call) => call.payload?.["email"]);
}
