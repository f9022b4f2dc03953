from django.http import Http404


def list_events(request):
    raise Http404


def detail(request, uid):
    raise Http404
