/* time-zone.js: tells the portal which time zone the browser is in, for the dates of the next page. Without it, dates
   are shown in the zone the person chose, else in the portal's. */
(function () {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const said = "time_zone=" + zone;
  if (!zone || document.cookie.split("; ").includes(said)) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = said + "; Path=/; Max-Age=31536000; SameSite=Lax" + secure;
})();
