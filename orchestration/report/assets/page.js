// What a page does where scripts run: the days since the last exchange, and charts that answer to the pointer. Vega is
// loaded when somebody asks for it. Everything here is also said by the page itself.
"use strict";

const DAY = 86400000;
window.obminCharts = {};

// Today as exchanges are dated: in Kyiv. Swedish writes a day as ISO 8601 does.
const today = new Intl.DateTimeFormat("sv", { timeZone: "Europe/Kyiv", dateStyle: "short" }).format();

// A day of Kyiv's or a time in the page, and the sentence that counts from it: one text per plural form, "{n}" in it.
for (const place of document.querySelectorAll("[data-since]")) {
  const since = place.dataset.since;
  const now = since.includes("T") ? Date.now() : Date.parse(today);
  const days = Math.floor((now - Date.parse(since)) / DAY);
  const texts = JSON.parse(place.dataset.texts);
  if (days < Number(place.dataset.from ?? 0)) continue;
  const form = new Intl.PluralRules(document.documentElement.lang).select(days);
  place.textContent = (texts[form] ?? texts.other).replace("{n}", days);
  place.hidden = false;
}

// A script's address, and the promise that it is loaded: a second chart waits for the first one's library.
const loads = new Map();

function load(address) {
  if (!loads.has(address)) loads.set(address, add(address));
  return loads.get(address);
}

function add(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = () => {
      loads.delete(address);
      reject(new Error(address));
    };
    document.head.append(script);
  });
}

async function draw(button) {
  const figure = button.closest("figure");
  const { chart, specification, library, loading, failed } = button.dataset;
  button.disabled = true;
  button.textContent = loading;
  try {
    await load(library);
    await load(specification);
    const place = document.createElement("div");
    place.className = "drawn";
    const picture = figure.querySelector("picture");
    picture.after(place);
    // `ast` draws without eval, which the page's policy forbids.
    await window.vegaEmbed(place, window.obminCharts[chart], { actions: false, ast: true, renderer: "svg" });
    picture.hidden = true;
    button.remove();
  } catch (error) {
    figure.querySelector(".drawn")?.remove();
    button.replaceWith(failed);
  }
}

for (const button of document.querySelectorAll("button[data-chart]")) {
  button.hidden = false;
  button.addEventListener("click", () => draw(button));
}
