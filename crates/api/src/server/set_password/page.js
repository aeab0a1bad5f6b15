"use strict";

const form = document.getElementById("form");
const said = document.getElementById("said");
const token = new URLSearchParams(location.search).get("token") ?? "";

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  said.textContent = "…";
  try {
    const answer = await fetch("v1/password/reset", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, password: form.elements.password.value }),
    });
    if (answer.ok) {
      form.hidden = true;
      said.textContent = "Your password is set. You can close this page.";
      return;
    }
    const problem = await answer.json();
    const details = (problem.errors ?? []).map((error) => error.detail);
    said.textContent = details.join(" ") || problem.detail || problem.title;
  } catch {
    said.textContent = "The server does not answer; please try again later.";
  }
});
