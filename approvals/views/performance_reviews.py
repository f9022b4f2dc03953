from django.http import Http404


def list_performance_reviews(request, **kwargs):
    raise Http404


def close(request, **kwargs):
    raise Http404
