"""Makes a whole task the block of a live job."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from playhead.live.task import LiveJob

P = ParamSpec("P")
R = TypeVar("R")


def live_task(make: Callable[P, LiveJob]) -> Callable[[Callable[Concatenate[LiveJob, P], R]], Callable[P, R]]:
    """Make a whole task, sync or async, the block of a live job, which it gets as its first argument.

        @celery.task(bind=True)
        @live_task(lambda task, job_id, user_id: live_job(REDIS_URL, job_id, owner=user_id))
        def import_rows(job, task, job_id, user_id): ...

    Args:
        make: makes the live job from the arguments of the task.
    """

    def decorate(task: Callable[Concatenate[LiveJob, P], R]) -> Callable[P, R]:
        run: Any
        if inspect.iscoroutinefunction(task):

            async def run(*args: P.args, **kwargs: P.kwargs) -> Any:
                async with make(*args, **kwargs) as job:
                    return await task(job, *args, **kwargs)

        else:

            def run(*args: P.args, **kwargs: P.kwargs) -> R:
                with make(*args, **kwargs) as job:
                    return task(job, *args, **kwargs)

        signature = inspect.signature(task)
        functools.update_wrapper(run, task)
        # Celery checks the arguments of a call against it.
        run.__signature__ = signature.replace(parameters=list(signature.parameters.values())[1:])
        return cast("Callable[P, R]", run)

    return decorate
