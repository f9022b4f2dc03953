"""What somebody sees and settles about themselves: time zone, ways of signing in, sessions."""

from __future__ import annotations

import re
from typing import Any

from allauth.account.views import LogoutView, PasswordChangeView
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from governance import second_factor, zones
from governance.roles import roles_of
from registry.actions import sign_in
from registry.models import Person

ACCOUNT = "governance:account"
#: What a browser calls itself, the more particular first: Edge calls itself Chrome too, and Chrome Safari.
BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


class TimeZoneForm(forms.Form):
    time_zone = forms.ChoiceField(label="Time zone", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [("", "As in my browser"), *zones.choices()]


class MailForm(forms.Form):
    when = forms.ChoiceField(
        label="When you are told by mail",
        choices=[("at-once", "At once"), ("daily", "Once a day, at 7 in the morning")],
        widget=forms.RadioSelect,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """What is posted here is the time zone; everything else has pages and buttons of its own."""
    form = TimeZoneForm(request.POST or None, initial={"time_zone": request.user.time_zone})
    if form.is_valid():
        sign_in.choose_time_zone(time_zone=form.cleaned_data["time_zone"], by=request.user)
        messages.success(request, "Dates are shown in this time zone from now on.")
        return redirect(ACCOUNT)
    return _show(request, form, _mail_form(request))


@require_POST
def choose_mail(request: HttpRequest) -> HttpResponse:
    form = MailForm(request.POST)
    if form.is_valid():
        is_daily = form.cleaned_data["when"] == "daily"
        sign_in.choose_mail(is_daily=is_daily, by=request.user)
        messages.success(request, f"You get mail {'once a day' if is_daily else 'at once'} from now on.")
        return redirect(ACCOUNT)
    return _show(request, TimeZoneForm(initial={"time_zone": request.user.time_zone}), form)


def _mail_form(request: HttpRequest) -> MailForm:
    return MailForm(initial={"when": "daily" if request.user.mail_is_daily else "at-once"})


def _show(request: HttpRequest, form: TimeZoneForm, mail: MailForm) -> HttpResponse:
    own = list(Authenticator.objects.filter(user=request.user).order_by("pk"))
    context = {
        "form": form,
        "mail": mail,
        "app": next((each for each in own if each.type == Authenticator.Type.TOTP), None),
        "passkeys": [each for each in own if each.type == Authenticator.Type.WEBAUTHN],
        "codes_left": next((_codes_left(each) for each in own if each.type == Authenticator.Type.RECOVERY_CODES), None),
        "must_set_up": settings.REQUIRE_SECOND_FACTOR and not second_factor.is_shown(request),
        "roles": roles_of(request.user),
        "teams": [membership.team for membership in request.user.memberships.select_related("team")],
        "zone": timezone.get_current_timezone_name(),
        "sessions": [_described(session, request) for session in _open_sessions(request.user)],
    }
    return render(request, "governance/account.html", context, status=422 if form.errors or mail.errors else 200)


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(_open_sessions(request.user).exclude(session_key=request.session.session_key), pk=pk)
    sign_in.end_sessions(sessions=[session], person=request.user, by=request.user)
    messages.success(request, "Signed out there.")
    return redirect(ACCOUNT)


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    end_others(request)
    messages.success(request, "Signed out everywhere else.")
    return redirect(ACCOUNT)


class SignOut(LogoutView):
    """Asks the browser to forget the pages it has kept."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = super().post(*args, **kwargs)
        answer["Clear-Site-Data"] = '"cache"'
        return answer


class ChangePassword(PasswordChangeView):
    """Ends every other session: the person may change it because somebody else knows it."""

    success_url = reverse_lazy(ACCOUNT)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_usable_password():
            messages.info(request, "You have no password here. An administrator can send you a link to set one.")
            return redirect(ACCOUNT)
        return super().dispatch(request, *args, **kwargs)

    def get_default_success_url(self) -> str:
        return str(self.success_url)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        answer = super().form_valid(form)
        end_others(self.request)
        messages.success(self.request, "Your password is changed. Every other session has ended.")
        return answer


def end_others(request: HttpRequest) -> None:
    """Signs whoever is signed in out of every other browser. No event when there is none."""
    others = list(_open_sessions(request.user).exclude(session_key=request.session.session_key))
    if others:
        sign_in.end_sessions(sessions=others, person=request.user, by=request.user)


def _codes_left(codes: Authenticator) -> int:
    return mfa_settings.RECOVERY_CODE_COUNT - codes.data["used_mask"].bit_count()


def _open_sessions(person: Person) -> QuerySet[UserSession]:
    """Sessions that still let somebody in, the newest first."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return UserSession.objects.filter(user=person, session_key__in=live).order_by("-created_at")


def _described(session: UserSession, request: HttpRequest) -> dict[str, Any]:
    return {
        "pk": session.pk,
        "device": device(session.user_agent),
        "ip": session.ip,
        "since": session.created_at,
        "is_this_one": session.session_key == request.session.session_key,
    }


def device(user_agent: str) -> str:
    """Firefox on Linux, as far as a browser says so."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "")
    if not browser:
        return re.split(r"[/ ]", user_agent)[0] or "Unknown browser"
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser
